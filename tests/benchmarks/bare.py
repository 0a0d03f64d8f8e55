"""The bare page that everything is compared with: Flask, a template of thirty rows, read through the ORM; nothing of ours."""

from __future__ import annotations

import os

from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from citizen.cases.models import Case

app = Flask(__name__)
engine = create_engine(os.environ["CITIZEN_DATABASE_URL"])
QUERY = select(Case).order_by(Case.id.desc()).limit(30)
PAGE = """<!doctype html><html lang="en"><title>Thirty rows</title><h1>Thirty rows</h1><table>
{% for row in rows %}<tr><td>{{ row.number }}</td><td>{{ row.state }}</td><td>{{ row.area_code }}</td><td>{{ row.category_code }}</td></tr>
{% endfor %}</table></html>"""
app.jinja_loader = DictLoader({"bare.html": PAGE})  # compiled once, as a template in a file is


@app.get("/")
def bare() -> str:
    """Thirty rows."""
    with Session(engine) as session:
        return render_template("bare.html", rows=session.execute(QUERY).scalars().all())


@app.get("/constant")
def constant() -> str:
    """Nothing at all."""
    return "ok"
