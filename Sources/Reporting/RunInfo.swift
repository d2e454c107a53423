// The module's doors stand in ARCHITECTURE.md.
