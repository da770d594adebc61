//go:build race

package api_test

// raced says that the race detector runs, which takes many times the memory.
const raced = true
