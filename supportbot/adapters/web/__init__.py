"""What is answered over HTTP: health checks, metrics, and whatever others mount beside them."""
