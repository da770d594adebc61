package dbtest_test

import (
	"testing"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db/dbtest"
)

func ExampleEach() {
	test := func(t *testing.T) { // func TestOne(t *testing.T)
		dbtest.Each(t, func(t *testing.T, database *bun.DB) {
			var one int
			if err := database.NewSelect().ColumnExpr("1").Scan(t.Context(), &one); err != nil || one != 1 {
				t.Errorf("one is %d, %v", one, err)
			}
		})
	}
	_ = test
}
