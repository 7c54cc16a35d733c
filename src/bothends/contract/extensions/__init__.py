"""The JSON Schemas of the extensions, as they ship: `contract.terms.extension_schema` reads them."""
