package deploytest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// run runs a program with what is NAME=VALUE in its environment, the rest as arguments.
func run(t *testing.T, program string, words ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = os.Environ()
	for _, w := range words {
		if strings.Contains(w, "=") && !strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "/") {
			cmd.Env = append(cmd.Env, w)
		} else {
			cmd.Args = append(cmd.Args, w)
		}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}
