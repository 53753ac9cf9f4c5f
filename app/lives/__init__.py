"""The whole life of a title in one look: out of its events, reports, sanctions, grades, inspections, appointments, and
what is to come. Reads of every other package, writes nothing."""
