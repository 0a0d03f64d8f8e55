"""The citizen-participation site of one county; `citizen.app.create_app` builds it."""
