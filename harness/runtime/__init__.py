"""What drives hosts: virtual time (`virtual`) or sockets (`live`). The two do not know each other."""
