//go:build !unix

package dbtest

import "os/exec"

// account exists on Unix only; elsewhere tests use the server that GROUNDWORK_TEST_POSTGRES names.
type account struct{}

func unprivileged() (*account, error) { return nil, errNoPostgres }

func (*account) own(string) error { return nil }
func (*account) runAs(*exec.Cmd)  {}
