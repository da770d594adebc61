package dbtest

import (
	"os"
	"os/exec"
)

// guardScript runs a command until its standard input ends. Only the test process holds the other end of that pipe, so the
// command ends with the test process, even one that is killed; its directory then goes too. A line on the pipe names the signal
// to stop it with, and keeps the directory.
const guardScript = `dir=$1; shift
"$@" </dev/null &
pid=$!
keep=yes
read -r signal || { signal=QUIT; keep=no; }
kill -"$signal" "$pid" 2>/dev/null
wait "$pid"
if [ "$keep" = no ]; then cd /; rm -rf "$dir"; fi`

// guarded is a command under guardScript.
type guarded struct {
	cmd  *exec.Cmd
	pipe *os.File
}

// startGuarded starts args in dir as user, with its output in the file log, emptied first.
func startGuarded(dir, log string, user *account, args ...string) (*guarded, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", guardScript, "dbtest", dir}, args...)...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, r, out, out
	user.runAs(cmd)
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	return &guarded{cmd: cmd, pipe: w}, nil
}

// stop sends the signal and waits for the end.
func (g *guarded) stop(mode StopMode) error {
	_, err := g.pipe.WriteString(string(mode) + "\n")
	if closeErr := g.pipe.Close(); err == nil {
		err = closeErr
	}
	// The exit status says how the server ended, which is what was asked for.
	_ = g.cmd.Wait()
	return err
}
