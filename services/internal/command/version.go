package command

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
)

type versionCommand struct{ JSONFlag }

// Run prints the version that the build recorded.
func (c *versionCommand) Run(_ context.Context, t *Terminal) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	return c.Print(t, map[string]string{"version": version}, func(w io.Writer) { fmt.Fprintln(w, version) })
}
