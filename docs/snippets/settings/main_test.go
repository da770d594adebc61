package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/api/config"
)

func TestTheFileOfThePageIsRead(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load("shop", defaults(), config.WithDir("."), config.WithArgs("-addr", ":80"))
	require.NoError(t, err)
	require.Equal(t, ":80", cfg.Addr)
	require.Equal(t, int64(4<<20), cfg.Limits.BodyBytes)
	require.Equal(t, 15*time.Second, cfg.Edge.Drain)
	require.Equal(t, "10.0.0.0/8", cfg.Edge.Proxies[0].String())
}

func TestMistakesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shop.yaml"), []byte("limts:\n  rows: 3\n"), 0o600))
	_, err := config.Load("shop", defaults(), config.WithDir(dir), config.WithArgs("-adr", ":80"))
	require.ErrorContains(t, err, "did you mean -addr?")
	require.ErrorContains(t, err, "did you mean limits.rows?")
}
