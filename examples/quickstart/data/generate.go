//go:build ignore

// Generate writes atlas.json from the npm packages that README.md names. Run it in this folder:
//
//	npm install --no-save --ignore-scripts --legacy-peer-deps cldr-core@48.2.0 cldr-localenames-full@48.2.0 countries-list@3.4.1
//	go run generate.go -from node_modules -to atlas.json
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

type (
	continent struct {
		Code string `json:"code"`
		Name string `json:"name"`
	}
	country struct {
		Code            string   `json:"code"`
		Name            string   `json:"name"`
		NativeName      string   `json:"native_name"`
		ContinentCode   string   `json:"continent_code"`
		Subregion       *string  `json:"subregion"`
		Capital         *string  `json:"capital"`
		Population      int64    `json:"population"`
		GDP             int64    `json:"gdp"`
		LiteracyPercent float64  `json:"literacy_percent"`
		Currencies      []string `json:"currencies"`
		CallingCodes    []int    `json:"calling_codes"`
	}
	language struct {
		Code       string   `json:"code"`
		Name       string   `json:"name"`
		NativeName *string  `json:"native_name"`
		Scripts    []string `json:"scripts"`
	}
	countryLanguage struct {
		CountryCode  string      `json:"country_code"`
		LanguageCode string      `json:"language_code"`
		Percentage   json.Number `json:"percentage"`
		Official     bool        `json:"official"`
		Status       *string     `json:"status"`
	}
)

// What the sources look like, as far as it is used here.
type (
	listedCountry struct {
		Name, Native, Capital, Continent, PartOf string
		Phone                                    []int
		Currency                                 []string
	}
	territory struct {
		GDP        string                `json:"_gdp"`
		Literacy   string                `json:"_literacyPercent"`
		Population string                `json:"_population"`
		Languages  map[string]spokenHere `json:"languagePopulation"`
	}
	spokenHere struct {
		Percent string `json:"_populationPercent"`
		Status  string `json:"_officialStatus"`
	}
	containment struct {
		Contains []string `json:"_contains"`
	}
	writing struct {
		Scripts []string `json:"_scripts"`
	}
)

// notISO are entries of countries-list that are no ISO 3166-1 codes but parts of another entry.
var notISO = []string{"AC", "TA"}

// statuses orders CLDR's official statuses from the strongest; a language counts as official with any of them.
var statuses = []string{"official", "de_facto_official", "official_regional"}

func main() {
	from := flag.String("from", "node_modules", "folder that holds the npm packages")
	to := flag.String("to", "atlas.json", "file to write")
	flag.Parse()
	if err := generate(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(from, to string) error {
	source := sources{folder: from}
	listed := read[map[string]listedCountry](&source, "countries-list/countries.min.json")
	continents := read[map[string]string](&source, "countries-list/continents.min.json")
	native := read[map[string]struct{ Native string }](&source, "countries-list/languages.all.min.json")
	territories := read[map[string]territory](&source, "cldr-core/supplemental/territoryInfo.json", "supplemental", "territoryInfo")
	regions := read[map[string]containment](&source, "cldr-core/supplemental/territoryContainment.json", "supplemental", "territoryContainment")
	scripts := read[map[string]writing](&source, "cldr-core/supplemental/languageData.json", "supplemental", "languageData")
	english := read[map[string]string](&source, "cldr-localenames-full/main/en/languages.json", "main", "en", "localeDisplayNames", "languages")
	places := read[map[string]string](&source, "cldr-localenames-full/main/en/territories.json", "main", "en", "localeDisplayNames", "territories")
	if source.err != nil {
		return source.err
	}
	for _, code := range notISO {
		delete(listed, code)
	}
	subregions := subregionNames(regions, places)

	out := writer{}
	for _, code := range slices.Sorted(maps.Keys(continents)) {
		out.row("continents", continent{Code: code, Name: continents[code]})
	}
	spoken := map[string]bool{}
	var links []countryLanguage
	for _, code := range slices.Sorted(maps.Keys(listed)) {
		out.row("countries", countryRow(code, listed[code], territories[code], subregions))
		for _, link := range languagesOf(code, territories[code], english) {
			spoken[link.LanguageCode] = true
			links = append(links, link)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(spoken)) {
		out.row("languages", language{
			Code: code, Name: english[code], NativeName: nullable(native[code].Native),
			Scripts: append([]string{}, scripts[code].Scripts...),
		})
	}
	for _, link := range links {
		out.row("country_languages", link)
	}
	return out.save(to)
}

func countryRow(code string, c listedCountry, t territory, subregions map[string]string) country {
	literacy, _ := strconv.ParseFloat(t.Literacy, 64)
	return country{
		Code: code, Name: c.Name, NativeName: c.Native, ContinentCode: c.Continent,
		Subregion: nullable(subregions[code]), Capital: nullable(c.Capital),
		Population: number(t.Population), GDP: number(t.GDP), LiteracyPercent: literacy,
		Currencies: append([]string{}, c.Currency...), CallingCodes: append([]int{}, c.Phone...),
	}
}

// languagesOf keeps the languages with an official status or at least one per cent of the people. CLDR counts some languages
// once per script (az, az_Cyrl); those become one row with the largest share and the strongest status.
func languagesOf(country string, t territory, english map[string]string) []countryLanguage {
	merged := map[string]spokenHere{}
	for tag, here := range t.Languages {
		code, _, _ := strings.Cut(tag, "_")
		best, seen := merged[code]
		if !seen || percent(here) > percent(best) {
			best.Percent = here.Percent
		}
		if rank(here.Status) < rank(best.Status) {
			best.Status = here.Status
		}
		merged[code] = best
	}
	var rows []countryLanguage
	for _, code := range slices.Sorted(maps.Keys(merged)) {
		here := merged[code]
		if english[code] == "" || code == "und" || (percent(here) < 1 && here.Status == "") {
			continue
		}
		rows = append(rows, countryLanguage{
			CountryCode: country, LanguageCode: code,
			Percentage: json.Number(strconv.FormatFloat(percent(here), 'f', -1, 64)),
			Official:   here.Status != "", Status: nullable(here.Status),
		})
	}
	return rows
}

// subregionNames finds for each country the smallest region of UN M.49 (three digits) that lists it.
func subregionNames(regions map[string]containment, places map[string]string) map[string]string {
	names := map[string]string{}
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		if len(region) != 3 || region == "003" || region == "419" {
			continue
		}
		for _, member := range regions[region].Contains {
			if len(member) == 2 {
				names[member] = places[region]
			}
		}
	}
	return names
}

func percent(s spokenHere) float64 {
	value, _ := strconv.ParseFloat(s.Percent, 64)
	return min(value, 100)
}

func rank(status string) int {
	if i := slices.Index(statuses, status); i >= 0 {
		return i
	}
	return len(statuses)
}

func number(text string) int64 {
	value, _ := strconv.ParseInt(text, 10, 64)
	return value
}

func nullable(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// sources reads JSON files and remembers the first mistake.
type sources struct {
	folder string
	err    error
}

func read[T any](s *sources, file string, path ...string) (value T) {
	raw, err := os.ReadFile(filepath.Join(s.folder, file))
	for _, key := range path {
		if err == nil {
			var object map[string]json.RawMessage
			err = json.Unmarshal(raw, &object)
			raw = object[key]
		}
	}
	if err == nil {
		err = json.Unmarshal(raw, &value)
	}
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("generate: %s: %w", file, err)
	}
	return value
}

// writer prints one JSON object of tables with one row a line, so that a new release of the sources gives a readable diff.
type writer struct {
	order []string
	rows  map[string][][]byte
	err   error
}

func (w *writer) row(table string, row any) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(row); err != nil && w.err == nil {
		w.err = err
	}
	if w.rows == nil {
		w.rows = map[string][][]byte{}
	}
	if w.rows[table] == nil {
		w.order = append(w.order, table)
	}
	w.rows[table] = append(w.rows[table], bytes.TrimSpace(line.Bytes()))
}

func (w *writer) save(file string) error {
	if w.err != nil {
		return w.err
	}
	var out bytes.Buffer
	for i, table := range w.order {
		fmt.Fprintf(&out, "%s%q:[\n%s\n]", map[bool]string{true: "{", false: ",\n"}[i == 0], table, bytes.Join(w.rows[table], []byte(",\n")))
		fmt.Printf("%s: %d rows\n", table, len(w.rows[table]))
	}
	out.WriteString("}\n")
	return os.WriteFile(file, out.Bytes(), 0o644)
}
