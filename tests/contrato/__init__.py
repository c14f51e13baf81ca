"""What the clients were promised, route by route: `rutas.yaml` says which test holds each promise."""
