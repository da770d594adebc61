package dbtest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// clusterTemplate returns a data directory fresh from initdb, made once per PostgreSQL build and kept in the user's cache:
// copying it takes a tenth of the time.
func clusterTemplate(bin string, user *account) (string, error) {
	version, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("postgres --version: %w", err)
	}
	args := []string{
		"--username=postgres", "--auth=trust", "--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C",
		"--wal-segsize=1", "--no-sync",
	}
	key := sha256.Sum256([]byte(string(version) + "\n" + strings.Join(args, " ")))
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	target := filepath.Join(cache, "groundwork-dbtest", hex.EncodeToString(key[:8]))
	if _, err := os.Stat(filepath.Join(target, "PG_VERSION")); err == nil {
		return target, nil
	}
	return target, initTemplate(bin, target, args, user)
}

// initTemplate makes the directory aside and renames it into place: of several processes at once, one wins and all may use it.
func initTemplate(bin, target string, args []string, user *account) error {
	work, err := os.MkdirTemp("", "gwinit")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := user.own(work); err != nil {
		return err
	}
	data := filepath.Join(work, "data")
	cmd := exec.Command(filepath.Join(bin, "initdb"), append(args, "--pgdata="+data)...)
	cmd.Dir = work
	user.runAs(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	parent := filepath.Dir(target)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	aside, err := os.MkdirTemp(parent, "new")
	if err != nil {
		return err
	}
	defer os.RemoveAll(aside)
	if err := copyTree(data, filepath.Join(aside, "data"), nil); err != nil {
		return err
	}
	err = os.Rename(filepath.Join(aside, "data"), target)
	if _, statErr := os.Stat(filepath.Join(target, "PG_VERSION")); statErr == nil {
		return nil
	}
	return errors.Join(errors.New("dbtest: keep the PostgreSQL template"), err)
}

// copyTree copies the directory from to a new directory to, owned by user.
func copyTree(from, to string, user *account) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	// PostgreSQL refuses a data directory that others may write to or list; CopyFS makes directories 0777 less the umask.
	if err := os.Chmod(to, 0o700); err != nil {
		return err
	}
	return user.own(to)
}
