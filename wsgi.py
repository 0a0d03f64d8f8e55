"""The WSGI entry: `granian --interface wsgi wsgi:app`, or gunicorn `wsgi:app`; `flask --app wsgi` takes it as well."""

import gc

# What loading makes is there to stay: searching it for garbage again and again takes a third of the time.
gc.disable()

from citizen.app import create_app  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()
