package families

import (
	"io"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/listcheck"
)

// ListReport is what is understood of a file of a source list.
type ListReport = listcheck.Report

// ListRow is one row of it.
type ListRow = listcheck.Row

// CheckList reads a file of a source list as an import would and stores nothing. today
// decides which dates lie in the future. The fault of a file that an import would
// refuse names "file".
func CheckList(file io.Reader, today time.Time) (ListReport, error) {
	return listcheck.Check(file, today.UTC())
}
