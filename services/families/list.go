package families

import (
	"fmt"
	"io"

	"github.com/solidarity-fund/solidarity/services/families/internal/sourcelist"
)

// GenerateList writes a made-up list of prisoners, with the traps that real ones
// have, for tests and demonstrations: the same seed makes the same list. Format
// is "registry", "names", "names-be" or "names-ru".
func GenerateList(w io.Writer, seed uint64, rows int, format string) error {
	formats := map[string]sourcelist.Format{
		"registry": sourcelist.Registry, "names": sourcelist.Names,
		"names-be": sourcelist.NamesBelarusian, "names-ru": sourcelist.NamesRussian,
	}
	f, ok := formats[format]
	if !ok {
		return fmt.Errorf("there is no list format %q", format)
	}
	return sourcelist.Generate(w, seed, rows, f)
}
