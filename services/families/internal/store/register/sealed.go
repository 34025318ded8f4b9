package register

import "github.com/solidarity-fund/solidarity/services/internal/seal"

// The register's sealed columns: rows on their way in, and what became of them.
var (
	rowColumn    = seal.Column{Table: "prisoner_import_rows", Name: "sealed", Subject: seal.OfImport}
	recordColumn = seal.Column{Table: "source_records", Name: "sealed", Subject: seal.OfPrisoner}
)

// Sealed are the register's sealed columns.
func Sealed() []seal.Column { return []seal.Column{rowColumn, recordColumn} }
