package policy_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

func TestColumnSet(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		set   policy.ColumnSet
		has   []string
		lacks []string
		all   bool
		named []string
	}{
		"zero":      {set: policy.ColumnSet{}, lacks: []string{"a", ""}},
		"none":      {set: policy.Columns(), lacks: []string{"a"}},
		"some":      {set: policy.Columns("b", "a", "b"), has: []string{"a", "b"}, lacks: []string{"c", "A"}, named: []string{"a", "b"}},
		"all":       {set: policy.AllColumns(), has: []string{"a", "anything"}, all: true},
		"all but":   {set: policy.AllBut("secret"), has: []string{"a"}, lacks: []string{"secret"}, named: []string{"secret"}},
		"but none":  {set: policy.AllBut(), has: []string{"a"}, all: true},
		"but twice": {set: policy.AllBut("a", "a"), has: []string{"b"}, lacks: []string{"a"}, named: []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, column := range tt.has {
				require.True(t, tt.set.Has(column), column)
			}
			for _, column := range tt.lacks {
				require.False(t, tt.set.Has(column), column)
			}
			require.Equal(t, tt.all, tt.set.All())
			require.Equal(t, tt.named, slices.Collect(tt.set.Named()))
		})
	}
}

func TestZeroPlanDenies(t *testing.T) {
	t.Parallel()
	var plan policy.Plan
	require.Equal(t, policy.Denied, plan.Kind)
	require.False(t, plan.Readable.Has("id"))
	require.False(t, plan.Writable.Has("id"))
}
