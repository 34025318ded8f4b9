package register

import "github.com/solidarity-fund/solidarity/services/internal/seal"

// The register's sealed columns: lists, files, rows on their way in, and what became of
// them.
var (
	listColumn   = seal.Column{Table: "source_lists", Name: "name_sealed", Subject: seal.OfList}
	fileColumn   = seal.Column{Table: "prisoner_imports", Name: "sha256_sealed", Subject: seal.OfList}
	labelColumn  = seal.Column{Table: "prisoner_import_rows", Name: "label_sealed", Subject: seal.OfImport}
	rowColumn    = seal.Column{Table: "prisoner_import_rows", Name: "sealed", Subject: seal.OfImport}
	recordColumn = seal.Column{Table: "source_records", Name: "sealed", Subject: seal.OfPrisoner}
)

// Sealed are the register's sealed columns.
func Sealed() []seal.Column {
	return []seal.Column{listColumn, fileColumn, labelColumn, rowColumn, recordColumn}
}
