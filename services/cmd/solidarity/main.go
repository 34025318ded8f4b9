// Command solidarity is the whole system in one program, as it runs for real: a
// subcommand for each service, and some for auditors and staff.
package main

import (
	"os"

	"github.com/solidarity-fund/solidarity/services/internal/command"
)

func main() {
	os.Exit(command.Program{
		Name:        "solidarity",
		Description: "The open backend of a solidarity fund: gifts in, verified families paid, every cent provable.",
		Commands:    &command.Shared{},
	}.Main())
}
