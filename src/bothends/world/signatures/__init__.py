"""How deliveries are signed: one module for each scheme, which registers itself."""
