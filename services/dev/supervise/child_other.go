//go:build !linux

package supervise

import "syscall"

func childAttributes() *syscall.SysProcAttr { return nil }
