"""Forms of the office, the units and the verifiers."""
