"""What a picture shows of a graph: nodes, edges, paths, boxes, their names and titles."""
