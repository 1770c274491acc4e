"""What takes power: the facility, servers, jobs and streams."""
