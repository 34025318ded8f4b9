package command

import (
	"encoding/json"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// Terminal is where a command writes.
type Terminal struct {
	// Out is for results, Err for what is said beside them.
	Out, Err io.Writer
	// Interactive says that Err is a terminal on which progress can be shown.
	Interactive bool
	// Clock is what its services read the time from.
	Clock clock.Clock
}

// standard is the terminal of this process.
func standard() *Terminal {
	return &Terminal{Out: os.Stdout, Err: os.Stderr, Interactive: term.IsTerminal(int(os.Stderr.Fd()))}
}

// printable returns a text as one line, with a question mark for what cannot be
// printed.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, text)
}

// JSONFlag is embedded by commands whose result machines can read.
type JSONFlag struct {
	JSON bool `name:"json" help:"Print the result as JSON."`
}

// Print writes a result as JSON or through text.
func (f JSONFlag) Print(t *Terminal, result any, text func(io.Writer)) error {
	if !f.JSON {
		text(t.Out)
		return nil
	}
	e := json.NewEncoder(t.Out)
	e.SetIndent("", "  ")
	return e.Encode(result)
}
