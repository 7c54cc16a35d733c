"""The reference endpoint: the least code that keeps the contract in `openapi.yaml`, at both ends."""
