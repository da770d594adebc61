package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
)

// atlasJSON holds the rows; data/README.md says where they come from.
//
//go:embed data/atlas.json
var atlasJSON []byte

// atlas is what atlasJSON holds, in the order in which the tables refer to each other.
type atlas struct {
	Continents       []Continent       `json:"continents"`
	Countries        []Country         `json:"countries"`
	Languages        []Language        `json:"languages"`
	CountryLanguages []CountryLanguage `json:"country_languages"`
}

// prepare creates the tables and loads the atlas, once: a database that has continents is left as it is. Two programs that start at
// once on the same database load it once.
func prepare(ctx context.Context, database *bun.DB) error {
	database.RegisterModel((*CountryLanguage)(nil)) // Bun wants to know join models first
	err := db.CreateTables(ctx, database,
		(*Continent)(nil), (*Country)(nil), (*Language)(nil), (*CountryLanguage)(nil), (*Visit)(nil))
	if err != nil {
		return err
	}
	return db.InTx(ctx, database, func(ctx context.Context, tx bun.Tx) error {
		loaded, err := tx.NewSelect().Model((*Continent)(nil)).Exists(ctx)
		if err != nil || loaded {
			return err
		}
		var rows atlas
		if err := json.Unmarshal(atlasJSON, &rows); err != nil {
			return fmt.Errorf("quickstart: reading the atlas: %w", err)
		}
		for _, table := range []any{&rows.Continents, &rows.Countries, &rows.Languages, &rows.CountryLanguages} {
			if _, err := tx.NewInsert().Model(table).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return fmt.Errorf("quickstart: loading %T: %w", table, err)
			}
		}
		return nil
	})
}
