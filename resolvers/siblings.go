package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"gatehouse/admin"
	"gatehouse/model"
)

// forAll resolves a field of an object that may be an element of a page: what look finds for all
// elements at once is found when the first of them asks. An object that is alone asks for itself.
//
// gqlgen's own batch resolvers were left: they know the elements of a list but not the nodes of its
// edges, which is how most clients read pages, and their errors have lost the locations in the document.
func forAll[T, R any](ctx context.Context, object *T, look func(context.Context, []*T) []admin.Found[R]) (R, error) {
	siblings, i := siblingsOf[T](ctx)
	if siblings == nil || !siblings.Has(i, object) {
		found := look(ctx, []*T{object})[0]
		return found.Value, found.Err
	}
	what := graphql.GetFieldContext(ctx).Field.Name
	found := model.Look(siblings, i, what, func(all []*T) []admin.Found[R] { return look(ctx, all) })
	return found.Value, found.Err
}

// siblingsOf finds the nearest page of such objects that the field in ctx was selected from, and the
// index of the element in it; nil where there is none.
func siblingsOf[T any](ctx context.Context) (siblings *model.Siblings[T], index int) {
	index = -1
	for field := graphql.GetFieldContext(ctx); field != nil; field = field.Parent {
		if page, ok := field.Result.(interface{ AllNodes() *model.Siblings[T] }); ok {
			return page.AllNodes(), index
		}
		if field.Index != nil {
			index = *field.Index
		}
	}
	return nil, index
}
