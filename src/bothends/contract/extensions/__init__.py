"""The JSON Schemas of the extensions, as they ship: `contract.extension_schema` reads them."""
