"""An endpoint that keeps the contract in `openapi.yaml`, at both ends."""
