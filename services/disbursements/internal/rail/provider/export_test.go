package provider

import (
	"io"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
)

// Write writes a table as the rail does.
func Write(list []Mapping, w io.Writer, b rail.Batch) error { return table{list}.Write(w, b) }
