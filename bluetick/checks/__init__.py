"""What `bluetick doctor` examines, a subject a file. Each gives findings and changes nothing."""
