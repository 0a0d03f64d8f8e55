"""What other features may want to know about reports; reports themselves know no queue."""

from __future__ import annotations

from blinker import Signal

#: Sent with (report, photo_count=…) inside the transaction that stores it; receivers write in the same transaction.
report_submitted = Signal()

#: Sent with (report, message=…) inside the transaction that stores something the sender added.
message_added = Signal()
