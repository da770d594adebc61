package config_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/config"
)

type settings struct {
	Addr     string `help:"address to listen on"`
	Database string `config:"db"`
	Debug    bool
	Common
	Auth struct {
		SessionTTL time.Duration
		Secret     string `config:",secret" help:"signs tokens"`
		Level      slog.Level
	}
	MaxBytes  int64
	Cache     uint32 `config:",size"`
	Ratio     float64
	Retries   *int
	Origins   []string
	Ports     []uint16
	Labels    map[string]string
	Providers []provider
	Started   time.Time
	Hook      func()       `help:"left alone"`
	Logger    *slog.Logger // left alone
	Own       string       `config:"-"`
	private   string
}

// Common is embedded: its fields have no prefix.
type Common struct{ Region string }

type provider struct {
	Name   string
	Scopes []string
	TTL    time.Duration
}

func defaults() settings {
	s := settings{Addr: ":8080", Database: "sqlite:blog.db", Own: "own", private: "private", MaxBytes: 1 << 20, Origins: []string{"a", "b"}}
	s.Auth.SessionTTL, s.Auth.Secret = time.Hour, "default-secret"
	return s
}

// write puts a file into a fresh directory and returns the directory.
func write(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	return dir
}

func load(t *testing.T, dir string, args ...string) (settings, error) {
	t.Helper()
	return config.Load("blog", defaults(), config.WithDir(dir), config.WithArgs(args...), config.WithOutput(io.Discard))
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := load(t, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, defaults(), cfg)
}

func TestFile(t *testing.T) {
	t.Parallel()
	dir := write(t, "blog.yaml", `
addr: ":1"
db: postgres://x
debug: yes
region: eu
auth: {session_ttl: 90s, secret: s3, level: warn}
max_bytes: 10MB
cache: 64KiB
ratio: 0.5
retries: 3
origins: [https://a.example, https://b.example]
ports: [1, 2]
labels: {tier: web}
providers:
  - {name: github, scopes: [user], ttl: 5m}
  - name: gitlab
started: 2024-01-31T10:00:00Z
`)
	cfg, err := load(t, dir)
	require.NoError(t, err)
	want := defaults()
	three := 3
	want.Addr, want.Database, want.Debug, want.Region = ":1", "postgres://x", true, "eu"
	want.Auth.SessionTTL, want.Auth.Secret, want.Auth.Level = 90*time.Second, "s3", slog.LevelWarn
	want.MaxBytes, want.Cache, want.Ratio, want.Retries = 10<<20, 64<<10, 0.5, &three
	want.Origins, want.Ports, want.Labels = []string{"https://a.example", "https://b.example"}, []uint16{1, 2}, map[string]string{"tier": "web"}
	want.Providers = []provider{{Name: "github", Scopes: []string{"user"}, TTL: 5 * time.Minute}, {Name: "gitlab"}}
	want.Started = time.Date(2024, 1, 31, 10, 0, 0, 0, time.UTC)
	require.Equal(t, want, cfg)
}

func TestOtherFormats(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"blog.yml": "addr: ':2'", "blog.json": `{"addr": ":2"}`, "blog.toml": `addr = ":2"`,
	} {
		cfg, err := load(t, write(t, name, text))
		require.NoError(t, err, name)
		require.Equal(t, ":2", cfg.Addr, name)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	cfg, err := load(t, t.TempDir(), "-addr", "-1", "--db=x=y", "-debug", "-auth-session-ttl=2m", "-origins", "c, d", "-labels", "a=b,c=d", "-max-bytes", "2GB", "-retries", "-4")
	require.NoError(t, err)
	require.Equal(t, "-1", cfg.Addr)
	require.Equal(t, "x=y", cfg.Database)
	require.True(t, cfg.Debug)
	require.Equal(t, 2*time.Minute, cfg.Auth.SessionTTL)
	require.Equal(t, []string{"c", "d"}, cfg.Origins)
	require.Equal(t, map[string]string{"a": "b", "c": "d"}, cfg.Labels)
	require.EqualValues(t, 2<<30, cfg.MaxBytes)
	require.Equal(t, -4, *cfg.Retries)
}

// Not parallel: it sets variables.
func TestLaterSourcesWin(t *testing.T) {
	dir := write(t, "blog.yaml", "addr: file\ndb: file\nregion: file\n")
	t.Setenv("BLOG_ADDR", "env")
	t.Setenv("BLOG_DB", "env")
	t.Setenv("BLOG_REGION", "") // counts as not set
	t.Setenv("BLOG_AUTH_SESSION_TTL", "5m")
	t.Setenv("BLOG_ORIGINS", "x,y")
	cfg, err := load(t, dir, "-addr", "flag")
	require.NoError(t, err)
	require.Equal(t, "flag", cfg.Addr)
	require.Equal(t, "env", cfg.Database)
	require.Equal(t, "file", cfg.Region)
	require.Equal(t, 5*time.Minute, cfg.Auth.SessionTTL)
	require.Equal(t, []string{"x", "y"}, cfg.Origins)

	t.Setenv("BLOG_AUTH_SESSION_TTL", "soon")
	_, err = load(t, dir)
	require.ErrorContains(t, err, `config: BLOG_AUTH_SESSION_TTL: "soon" is no duration: want a number with a unit, such as 90s, 15m or 24h`)
}

// Not parallel: it sets variables.
func TestNamedFile(t *testing.T) {
	other := filepath.Join(write(t, "other.yaml", "addr: other"), "other.yaml")
	cfg, err := load(t, t.TempDir(), "-config", other)
	require.NoError(t, err)
	require.Equal(t, "other", cfg.Addr)

	t.Setenv("BLOG_CONFIG", other)
	cfg, err = load(t, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, "other", cfg.Addr)

	missing := filepath.Join(t.TempDir(), "missing.yaml")
	_, err = load(t, t.TempDir(), "-config", missing)
	require.ErrorContains(t, err, missing)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	dir := write(t, "blog.yaml", `
adr: x
auth: {sessionTTL: 5m, secret: 4242, level: loud}
debug: maybe
max_bytes: 10XB
cache: 5GB
ports: [1, 70000]
providers: [{name: a, ttl: soon}]
origins: 5
region: 0123
db: {x: 1}
unheard_of: 1
`)
	cfg, err := load(t, dir, "-ratio", "much", "-labels", "a", "-retries", "1.5")
	require.Equal(t, defaults(), cfg)
	file := filepath.Join(dir, "blog.yaml")
	for _, want := range []string{
		file + `: there is no setting "adr" (did you mean addr?)`,
		file + `: there is no setting "auth.sessionttl" (did you mean auth.session_ttl?)`,
		file + `: there is no setting "unheard_of"` + "\n",
		file + `: there is no setting "db.x"`,
		file + `: auth.secret: the value (a secret, not shown) is no text`,
		file + `: auth.level: "loud" is no level`,
		file + `: debug: "maybe" is neither true nor false`,
		file + `: max_bytes: "10XB" is no size: want a whole number of bytes, or one with a unit, such as 64KB or 10MB`,
		file + `: cache: "5GB" is no whole number from 0 to 4294967295`,
		file + `: ports: "[1 70000]" has a mistake in element 2, which is no whole number from 0 to 65535`,
		file + `: providers: the list has a mistake in element 1, which has a mistake at "ttl", whose value is no duration`,
		file + `: origins: "5" is no list`,
		file + `: region: "83" is no text: put it between quotes`,
		`-ratio: "much" is no number`,
		`-labels: "a" is no map: want key=value,key=value`,
		`-retries: "1.5" is no whole number from -9223372036854775808 to 9223372036854775807`,
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "4242")
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-adr", "x"}, "config: there is no flag -adr (did you mean -addr?); -h lists the settings"},
		{[]string{"-xyz"}, "config: there is no flag -xyz; -h lists the settings"},
		{[]string{"serve"}, `config: unexpected argument "serve": settings are given as -name value`},
		{[]string{"-addr"}, "flag needs an argument: --addr"},
	} {
		_, err := load(t, t.TempDir(), tt.args...)
		require.ErrorContains(t, err, tt.want)
	}
	_, err := load(t, write(t, "blog.yaml", "a: [b"))
	require.ErrorContains(t, err, "blog.yaml: While parsing config")
	_, err = load(t, write(t, "blog.yaml", "auth: 5"))
	require.ErrorContains(t, err, "auth is a group of settings, it takes no value of its own")
	_, err = config.Load("blog", 5, config.WithArgs())
	require.EqualError(t, err, "config: settings are int, want a struct")
	_, err = config.Load("blog", struct{ Config, Addr, ADDR string }{}, config.WithArgs())
	require.ErrorContains(t, err, `named "config"`)
	require.ErrorContains(t, err, `named "addr"`)
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-h", "-help", "--help"} {
		var out strings.Builder
		_, err := config.Load("blog", defaults(), config.WithDir(t.TempDir()), config.WithArgs(flag), config.WithOutput(&out))
		require.ErrorIs(t, err, config.ErrHelp)
		require.Regexp(t, `-addr TEXT +BLOG_ADDR +address to listen on \(default :8080\)`, out.String())
		require.Regexp(t, `-auth-secret TEXT +BLOG_AUTH_SECRET +signs tokens \(default not shown\)`, out.String())
		require.NotContains(t, out.String(), "default-secret")
		require.NotContains(t, out.String(), "hook")
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	list, err := config.Describe("my-app", defaults())
	require.NoError(t, err)
	byKey := make(map[string]config.Setting)
	for _, s := range list {
		byKey[s.Key] = s
	}
	require.Equal(t, config.Setting{Key: "addr", Env: "MY_APP_ADDR", Flag: "addr", Type: "text", Default: ":8080", Help: "address to listen on"}, byKey["addr"])
	require.Equal(t, config.Setting{Key: "auth.session_ttl", Env: "MY_APP_AUTH_SESSION_TTL", Flag: "auth-session-ttl", Type: "duration", Default: "1h0m0s"}, byKey["auth.session_ttl"])
	require.Equal(t, config.Setting{Key: "auth.secret", Env: "MY_APP_AUTH_SECRET", Flag: "auth-secret", Type: "text", Default: "not shown", Help: "signs tokens", Secret: true}, byKey["auth.secret"])
	require.Equal(t, "size", byKey["max_bytes"].Type)
	require.Equal(t, "a,b", byKey["origins"].Default)
	require.Equal(t, "list of integer", byKey["ports"].Type)
	require.Equal(t, "map to text", byKey["labels"].Type)
	require.Equal(t, "list of groups", byKey["providers"].Type)
	require.Equal(t, "level", byKey["auth.level"].Type)
	for _, gone := range []string{"hook", "logger", "own", "private"} {
		require.NotContains(t, byKey, gone)
	}
}

func ExampleLoad() {
	type Settings struct {
		Addr     string `help:"address to listen on"`
		Database string `config:"db"`
		Timeout  time.Duration
	}
	cfg, err := config.Load("blog", Settings{Addr: ":8080", Database: "sqlite:blog.db"}, config.WithArgs("-addr", ":9090", "-timeout", "30s"))
	if errors.Is(err, config.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Addr, cfg.Database, cfg.Timeout)
	// Output: :9090 sqlite:blog.db 30s
}
