"""What an installation consists of: its dependencies, their licences, and a bill of materials."""
