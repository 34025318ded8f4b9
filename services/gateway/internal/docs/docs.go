// Package docs serves the OpenAPI description and a page that shows it. The page
// is made on the server when the gateway starts: it has no script and loads
// nothing but its own style sheet.
package docs

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"

	"go.yaml.in/yaml/v3"
)

//go:embed page.html style.css receipt-token.js
var files embed.FS

// Docs holds what is served.
type Docs struct {
	description, page, style, receipt []byte
}

// New makes the page of an OpenAPI description in YAML.
func New(description []byte) (*Docs, error) {
	var api document
	if err := yaml.Unmarshal(description, &api); err != nil {
		return nil, fmt.Errorf("read OpenAPI description: %w", err)
	}
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return nil, fmt.Errorf("read documentation page: %w", err)
	}
	var page bytes.Buffer
	if err := t.Execute(&page, view(api)); err != nil {
		return nil, fmt.Errorf("make documentation page: %w", err)
	}
	d := &Docs{description: description, page: page.Bytes()}
	if d.style, err = files.ReadFile("style.css"); err != nil {
		return nil, fmt.Errorf("read style sheet: %w", err)
	}
	if d.receipt, err = files.ReadFile("receipt-token.js"); err != nil {
		return nil, fmt.Errorf("read receipt script: %w", err)
	}
	return d, nil
}

// OpenAPI serves the description.
func (d *Docs) OpenAPI(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
	write(w, "application/yaml; charset=utf-8", d.description)
}

// Page serves the page.
func (d *Docs) Page(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	write(w, "text/html; charset=utf-8", d.page)
}

// Style serves the page's style sheet.
func (d *Docs) Style(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
	write(w, "text/css; charset=utf-8", d.style)
}

// ReceiptScript serves the script that makes a receipt token in the donor's
// browser.
func (d *Docs) ReceiptScript(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	write(w, "text/javascript; charset=utf-8", d.receipt)
}

func write(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(body) // the client has gone
}
