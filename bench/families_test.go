package bench

import (
	"encoding/json"
	"fmt"
	"strings"
)

// family writes requests of one kind; every gene, from 0 to 1, makes something of it larger.
type family struct {
	name  string
	genes int
	write func(g genes) string
}

type genes []float64

// upTo scales a gene to a number from 0 to most, with more room for the small ones.
func (g genes) upTo(i, most int) int { return int(g[i] * g[i] * float64(most)) }

func times(n int, format string) string {
	if strings.Contains(format, "%") {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(format, "%", fmt.Sprint(i)))
		}
		return b.String()
	}
	return strings.Repeat(format, n)
}

// query is a request with a document alone.
func query(document string) string { return body(document, nil) }

func body(document string, variables any) string {
	text, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// families are the ways known of making a request expensive.
func families() []family {
	return append(documentFamilies(), inputFamilies()...)
}

func documentFamilies() []family {
	return []family{
		{"repeated", 5, func(g genes) string {
			inner := times(g.upTo(0, 120), "id ")
			for _, level := range []struct {
				gene int
				name string
			}{{1, "managementApplication"}, {2, "clients"}, {3, "nodes"}} {
				inner = times(1+g.upTo(level.gene, 20), level.name+"{"+inner+" __typename}")
			}
			return query("{" + times(1+g.upTo(4, 20), "managementApplications{"+inner+"}") + "}")
		}},
		{"repeated with arguments", 4, func(g genes) string {
			argument := "filter:{" + times(1+g.upTo(0, 100), "nameStartsWith:\"x\" ") + "}"
			if g[3] > 0.5 {
				argument = "after:[" + times(1+g.upTo(0, 300), "{a:1}") + "]"
			}
			return query("{" + times(1+g.upTo(1, 120), "apps("+argument+times(g.upTo(2, 50), " a%:1")+"){totalCount}") + "}")
		}},
		{"conflicts", 3, func(g genes) string {
			return query("{" + times(1+g.upTo(0, 60), "a:apps(first:%){"+times(1+g.upTo(1, 20), "b:totalCount b:pageInfo{x:endCursor} ")+"}") +
				times(g.upTo(2, 60), "a:user(id:%){b:id}") + "}")
		}},
		{"a chain of fragments", 4, func(g genes) string {
			n := 1 + g.upTo(0, 60)
			var b strings.Builder
			for i := range 1 + g.upTo(3, 15) {
				fmt.Fprintf(&b, "query q%d{...f0}", i)
			}
			for i := range n {
				fmt.Fprintf(&b, "fragment f%d on Query{%s", i, times(1+g.upTo(1, 200), "viewer{tenantId}"))
				if i < n-1 {
					b.WriteString(times(1+g.upTo(2, 20), fmt.Sprintf("...f%d ", i+1)))
				}
				b.WriteString("}")
			}
			return query(b.String())
		}},
		{"fragments beside each other", 5, func(g genes) string {
			n := 1 + g.upTo(0, 60)
			spreads := times(n, "...f% ")
			inner := times(1+g.upTo(1, 60), "node(id:1){...s}") + times(g.upTo(2, 30), "a%:viewer{tenantId}")
			return query("{" + spreads + "}" + times(1+g.upTo(3, 5), "query q%{"+spreads+"}") + times(n, "fragment f% on Query{"+inner+"}") +
				"fragment s on Node{" + times(1+g.upTo(4, 60), "id ") + "}")
		}},
		{"all fragments spread the next ones", 4, func(g genes) string {
			n := 2 + g.upTo(0, 50)
			var b strings.Builder
			b.WriteString("{node(id:1){...f0}}")
			for i := range n {
				fmt.Fprintf(&b, "fragment f%d on Node{%s ", i, times(1+g.upTo(1, 40), "id "))
				for j := i + 1; j < min(n, i+2+g.upTo(2, 10)); j++ {
					fmt.Fprintf(&b, "...f%d ", j)
				}
				b.WriteString("...on App{user{" + times(1+g.upTo(3, 20), "id ") + "}}}")
			}
			return query(b.String())
		}},
		{"a circle of fragments", 3, func(g genes) string {
			n := 1 + g.upTo(0, 60)
			return query("{" + times(n, "...f% ") + "}" + times(n, "fragment f% on Query{"+times(n, "...f% ")+times(g.upTo(1, 100), "viewer{tenantId}")+"}") +
				times(g.upTo(2, 10), "query q%{...f0}"))
		}},
		{"inline fragments", 4, func(g genes) string {
			inner := times(1+g.upTo(0, 100), "id ")
			for range g.upTo(1, 200) {
				inner = "...on Node{" + inner + "}"
			}
			return query("{node(id:1){" + times(1+g.upTo(2, 200), "...on App{"+inner+"}") + times(g.upTo(3, 300), "...on Node{id}") + "}}")
		}},
		{"inline fragments in chained ones", 6, func(g genes) string {
			n := 1 + g.upTo(0, 55)
			var b strings.Builder
			b.WriteString("{node(id:1){" + times(1+g.upTo(5, 30), "...f0 ") + "}}")
			for i := range n {
				levels := g.upTo(1, 20)
				next := ""
				if i < n-1 {
					next = times(1+g.upTo(4, 10), fmt.Sprintf("...f%d ", i+1))
				}
				fmt.Fprintf(&b, "fragment f%d on Node{%s%s%s%s}", i, strings.Repeat("...on Node{", levels), next,
					times(1+g.upTo(2, 100), "id ")+times(g.upTo(3, 60), fmt.Sprintf("x%d_%% ", i)), strings.Repeat("}", levels))
			}
			return query(b.String())
		}},
		{"fields in fields in fragments", 6, func(g genes) string {
			n := 1 + g.upTo(0, 30)
			inner := times(1+g.upTo(1, 60), "id ")
			for range g.upTo(2, 10) {
				inner = "defaultClient{managementApplication{" + inner + "}}"
			}
			return query("{managementApplication(id:1){" + times(n, "...f% ") + times(g.upTo(4, 10), "clients{managementApplication{...f0 ...f1}}") + "}}" +
				times(n, "fragment f% on ManagementApplication{"+times(1+g.upTo(3, 10), inner)+times(g.upTo(5, 10), "...on Application{"+inner+"}")+"}"))
		}},
		{"deep", 3, func(g genes) string {
			n := 1 + g.upTo(0, 900)
			inner := strings.Repeat("{clients{managementApplication", n) + "{id}" + strings.Repeat("}}", n)
			return query("{" + times(1+g.upTo(1, 50), "a%:managementApplication(id:1)"+inner) + times(g.upTo(2, 50), "managementApplication(id:1)"+inner) + "}")
		}},
		{"directives", 3, func(g genes) string {
			return query("{" + times(1+g.upTo(0, 60), "viewer "+times(1+g.upTo(1, 100), "@skip(if:false)")+times(g.upTo(2, 60), "@unknown%(x:1)")+"{tenantId}") + "}")
		}},
		{"aliases", 2, func(g genes) string {
			return query("{" + times(1+g.upTo(0, 60), "a%:apps{"+times(1+g.upTo(1, 400), "b%:totalCount ")+"}") + "}")
		}},
		{"operations", 3, func(g genes) string {
			return query(times(1+g.upTo(0, 15), "query q%{"+times(1+g.upTo(1, 100), "...f ")+"}") +
				"fragment f on Query{" + times(1+g.upTo(2, 600), "viewer{tenantId}") + "}")
		}},
		{"unknown names", 5, func(g genes) string {
			name := strings.Repeat("managementApplicationX", 1+g.upTo(0, 40))[:1+g.upTo(0, 800)]
			return query("{" + times(g.upTo(1, 100), "managementApplication(id:1){"+name+"%}") + times(g.upTo(2, 100), "apps("+name+":1){totalCount}") +
				times(g.upTo(3, 50), "..."+name+"%") + times(g.upTo(4, 50), "...on "+name+"{id}") + "}" +
				times(g.upTo(3, 50), "fragment "+name+"% on "+name+"{id}"))
		}},
		{"introspection", 4, func(g genes) string {
			inner := "name " + times(1+g.upTo(0, 100), "kind ")
			for range g.upTo(1, 30) {
				inner = "ofType{" + inner + "}"
			}
			return query("{__schema{types{fields{" + times(1+g.upTo(2, 20), "type{fields{type{"+inner+"}}}") + "args{type{" + inner + "}}}}}" +
				times(g.upTo(3, 100), "__type(name:\"App\"){name}") + "}")
		}},
		{"operations and fragments of everything", 3, func(g genes) string {
			all := times(1+g.upTo(0, 30), "apps(first:1){nodes{id user{id ...on Node{id}}}}")
			return query(times(1+g.upTo(1, 10), "query q%{...f0 ...f1 ...f2}") + times(3+g.upTo(2, 45), "fragment f% on Query{"+all+"}"))
		}},
	}
}
