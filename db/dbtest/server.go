package dbtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresServer is a PostgreSQL server of one test, which may stop and start it. Its methods are not safe for concurrent use.
type PostgresServer struct {
	bin  string
	dir  string
	port int
	user *account // nil: the one we run as
	safe bool
	run  *guarded
}

// StopMode is how [PostgresServer.Stop] ends a server.
type StopMode string

// The stop modes: Fast disconnects clients and shuts down in order, Immediate quits at once and recovers at the next start.
const (
	Fast      StopMode = "INT"
	Immediate StopMode = "QUIT"
)

// Server starts a PostgreSQL server for this test alone, with fsync on; it ends with the test. It is skipped or fails as
// PostgreSQL tests do when there are no binaries, also when GROUNDWORK_TEST_POSTGRES names a server: that one is not ours to stop.
func Server(t testing.TB) *PostgresServer {
	t.Helper()
	server, err := newServer(true)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() {
		server.Stop(t, Immediate)
		if err := os.RemoveAll(server.dir); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	server.Start(t)
	return server
}

// URL is the address of the database "postgres" as superuser. It stays the same over restarts.
func (s *PostgresServer) URL() string {
	return "postgres://postgres@127.0.0.1:" + strconv.Itoa(s.port) + "/postgres?sslmode=disable"
}

// Addr is the host and port that the server listens on.
func (s *PostgresServer) Addr() string { return "127.0.0.1:" + strconv.Itoa(s.port) }

// Start starts the server and waits until it accepts connections.
func (s *PostgresServer) Start(t testing.TB) {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatalf("dbtest: %v", err)
	}
}

// StartStandby starts the server as a hot standby that nobody feeds: it answers queries and refuses writes, as a primary does that
// a fail-over has demoted, until it is told SELECT pg_promote().
func (s *PostgresServer) StartStandby(t testing.TB) {
	t.Helper()
	signal := filepath.Join(s.dir, "data", "standby.signal")
	if err := errors.Join(os.WriteFile(signal, nil, 0o600), s.user.own(signal)); err != nil {
		t.Fatalf("dbtest: %v", err)
	}
	s.Start(t)
}

// Stop ends the server and waits until it has ended. Stopping a stopped server does nothing.
func (s *PostgresServer) Stop(t testing.TB, mode StopMode) {
	t.Helper()
	if s.run == nil {
		return
	}
	err := s.run.stop(mode)
	s.run = nil
	if err != nil {
		t.Errorf("dbtest: stop PostgreSQL: %v", err)
	}
}

// newServer lays out a data directory by copying the cached, freshly initialised one.
func newServer(safe bool) (*PostgresServer, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	user, err := unprivileged()
	if err != nil {
		return nil, err
	}
	template, err := clusterTemplate(bin, user)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gwpg")
	if err != nil {
		return nil, err
	}
	s := &PostgresServer{bin: bin, dir: dir, user: user, safe: safe}
	if err := copyTree(template, filepath.Join(dir, "data"), user); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := user.own(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if s.port, err = freePort(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *PostgresServer) start() error {
	args := []string{
		filepath.Join(s.bin, "postgres"), "-D", filepath.Join(s.dir, "data"), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200",
		"-c", "shared_buffers=32MB", "-c", "logging_collector=off", "-c", "autovacuum=off",
	}
	if !s.safe {
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
	}
	log := filepath.Join(s.dir, "log")
	run, err := startGuarded(s.dir, log, s.user, args...)
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := s.waitReady(log); err != nil {
		_ = run.stop(Immediate)
		text, _ := os.ReadFile(log)
		return fmt.Errorf("start PostgreSQL: %w\n%s", err, text)
	}
	s.run = run
	return nil
}

// waitReady asks until the server answers, for at most a minute.
func (s *PostgresServer) waitReady(log string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.URL())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
		if text, _ := os.ReadFile(log); bytes.Contains(text, []byte("could not create any TCP/IP sockets")) {
			return err
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// findBinaries returns the directory of the newest PostgreSQL server that has both programs we need.
func findBinaries() (string, error) {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if path, err := exec.LookPath("initdb"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	for _, dir := range slices.Backward(dirs) {
		if isProgram(filepath.Join(dir, "postgres")) && isProgram(filepath.Join(dir, "initdb")) {
			return dir, nil
		}
	}
	return "", errNoPostgres
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
