"""What higher features may want to know about cases; cases themselves know no board."""

from __future__ import annotations

from blinker import Signal

#: Sent with (case, fix=…) inside the transaction that closes a case after a passed verification.
case_closed = Signal()

#: Sent with the case inside the transaction that opens a closed case again.
case_reopened = Signal()
