// Package openapi holds the OpenAPI description of the REST interface, made from
// the protos. A program can serve it, or generate a client from it.
package openapi

import _ "embed"

//go:embed openapi.yaml
var description []byte

// YAML returns the description, an OpenAPI 3.0 document. The caller must not
// change it.
func YAML() []byte { return description }
