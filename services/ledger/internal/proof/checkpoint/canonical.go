package checkpoint

import (
	"encoding/base64"
	"strings"
)

// Canonical reports whether the signatures of a note are written in the one way in
// which they are made. Readers of base64 overlook the bits that a last digit has
// too many, so that a note could be changed without a signature becoming wrong.
func Canonical(signed []byte) bool {
	_, signatures, found := strings.Cut(string(signed), "\n\n")
	if !found {
		return false
	}
	for line := range strings.Lines(signatures) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(f) != 3 || f[0] != "—" {
			return false
		}
		if _, err := base64.StdEncoding.Strict().DecodeString(f[2]); err != nil {
			return false
		}
	}
	return true
}
