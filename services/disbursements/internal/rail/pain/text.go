package pain

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/latin"
)

// cut shortens a text in the SEPA alphabet.
func cut(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.TrimSpace(s)
}

// fit transliterates a checked text and cuts it.
func fit(s string, most int) string {
	text, _ := latin.Write(s)
	return cut(text, most)
}
