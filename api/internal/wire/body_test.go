package wire

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBodyInMemory(t *testing.T) {
	t.Parallel()
	b := NewBody()
	require.NoError(t, b.Put(append(b.Buffer(), "one "...)))
	_, err := b.Write([]byte("two"))
	require.NoError(t, err)
	require.EqualValues(t, 7, b.Len())
	for range 2 {
		var out bytes.Buffer
		n, err := b.WriteTo(&out)
		require.NoError(t, err)
		require.EqualValues(t, 7, n)
		require.Equal(t, "one two", out.String())
	}
	require.Nil(t, b.file)
	require.NoError(t, b.Close())
	require.NoError(t, b.Close())
	require.Zero(t, b.Len())
}

func TestBodySpills(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := NewBody()
	b.limit = 10
	b.open = func() (*os.File, error) { return os.CreateTemp(dir, "body") }
	var want strings.Builder
	for range 7 {
		_, err := b.Write([]byte("abcdefgh"))
		require.NoError(t, err)
		want.WriteString("abcdefgh")
	}
	require.NotNil(t, b.file)
	require.EqualValues(t, want.Len(), b.Len())
	for range 2 {
		var out bytes.Buffer
		n, err := b.WriteTo(&out)
		require.NoError(t, err)
		require.EqualValues(t, want.Len(), n)
		require.Equal(t, want.String(), out.String())
	}
	require.NoError(t, b.Close())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestBodyUsesRealTemporaryFile(t *testing.T) {
	t.Parallel()
	b := NewBody()
	_, err := b.Write(make([]byte, spillAt))
	require.NoError(t, err)
	require.NotNil(t, b.file)
	name := b.file.Name()
	require.EqualValues(t, spillAt, b.Len())
	require.NoError(t, b.Close())
	_, err = os.Stat(name)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBodySaysThatItCannotSpill(t *testing.T) {
	t.Parallel()
	full := errors.New("no space")
	b := NewBody()
	b.limit = 4
	b.open = func() (*os.File, error) { return nil, full }
	_, err := b.Write([]byte("abcdefgh"))
	require.ErrorIs(t, err, full)
	require.NoError(t, b.Close())
}
