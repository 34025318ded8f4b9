// Package store holds the migrations of the service's one database. What is kept in
// it belongs to the packages below: register has the prisoners and the lists they
// come from, household the families.
package store

import (
	"embed"
	"io/fs"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations are the service's goose migrations.
func Migrations() fs.FS {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return migrations
}
