"""Calendars, hackathons and deadlines in the shapes of their sources, for tests of what people see."""

import json
from datetime import datetime, timedelta
from typing import Any


def ics(*events: dict[str, Any], name: str = "Learning Circle") -> bytes:
    """Return a calendar; each event is made by `meetup`."""
    blocks = "".join(
        "BEGIN:VEVENT\r\n" + "".join(f"{key}:{value}\r\n" for key, value in event.items()) + "END:VEVENT\r\n"
        for event in events
    )
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nX-WR-CALNAME:{name}\r\n"
    return f"{head}{blocks}END:VCALENDAR\r\n".encode()


def meetup(uid: str, title: str, starts_at: datetime, **more: Any) -> dict[str, Any]:
    """Return an event of two hours."""
    ends_at = starts_at + timedelta(hours=2)
    return {
        "UID": f"{uid}@example.org",
        "DTSTAMP": "20260101T000000Z",
        "DTSTART": f"{starts_at:%Y%m%dT%H%M%SZ}",
        "DTEND": f"{ends_at:%Y%m%dT%H%M%SZ}",
        "SUMMARY": title,
        "URL": f"https://circle.example.org/{uid}",
        **more,
    }


def devpost(*titles: str, **more: Any) -> bytes:
    """Return a page of Devpost's list, each hackathon online from 5 to 20 January 2026."""
    entries = [
        {
            "id": number,
            "title": title,
            "url": f"https://h{number}.example.org/",
            "displayed_location": {"location": "Online"},
            "submission_period_dates": "Jan 05 - 20, 2026",
            "prize_amount": "$<span data-currency-value>5,000</span>",
            "themes": [{"id": 6, "name": "Machine Learning/AI"}],
            "organization_name": "Sample Labs",
            "registrations_count": 12,
            **more,
        }
        for number, title in enumerate(titles, start=1)
    ]
    return json.dumps({"hackathons": entries, "meta": {"total_count": len(entries), "per_page": 40}}).encode()


DEADLINES = b"""
- title: SampleML
  year: 2026
  full_name: Sample Conference on Machine Learning
  link: https://ml.example.org/
  deadlines:
    - { type: abstract, label: Abstract submission, date: "2026-01-10 23:59:59", timezone: AoE }
    - { type: submission, label: Paper submission, date: "2026-01-17 23:59:59", timezone: AoE }
  start: "2026-07-05"
  end: "2026-07-09"
  city: Accra
  country: Ghana
  tags: [machine-learning]
- title: SampleNLP
  year: 2026
  full_name: Sample Meeting on Natural Language Processing
  link: https://nlp.example.org/
  deadlines:
    - { type: submission, label: Paper submission, date: "2026-01-20 17:00", timezone: Europe/Lisbon }
  start: "2026-06-01"
  end: "2026-06-03"
  city: Porto
  country: Portugal
  tags: [natural-language-processing]
"""
"""Two conferences in the fields of huggingface/ai-deadlines."""
