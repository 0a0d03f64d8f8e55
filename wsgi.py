"""The WSGI entry: `granian --interface wsgi wsgi:app`, or gunicorn `wsgi:app`; `flask --app wsgi` takes it as well."""

import gc

# What loading makes is there to stay: searching it for garbage again and again takes a third of the time.
gc.disable()

from citizen.app import MAX_REQUEST_BYTES, create_app  # noqa: E402
from citizen.web.arrivals import Arrivals  # noqa: E402

app = create_app()
app.wsgi_app = Arrivals(app.wsgi_app, most=MAX_REQUEST_BYTES)  # type: ignore[method-assign]
gc.freeze()
# A page makes some thousands of objects that refer to each other and lets go of them at its end: looking every 700 of them
# found nothing, for three hundredths of the time.
gc.set_threshold(20_000)
gc.enable()
