"""What time itself does; imported for its handlers, which register themselves with the outbox."""

from citizen.volunteers.jobs import attendance, care, line, messages, objections, reminders, sections, stops, templates

__all__ = ["attendance", "care", "line", "messages", "objections", "reminders", "sections", "stops", "templates"]
