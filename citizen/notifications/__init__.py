"""Mail and text messages, sent by the worker."""
