"""The colours of figures and of the report."""

# M. Petroff, Accessible color sequences for data visualization (2021), arXiv:2107.02270: ten
# colours that people with any colour vision can distinguish; its greys last
PALETTE = (
    "#3f90da",
    "#bd1f01",
    "#ffa90e",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#92dadd",
    "#717581",
    "#b9ac70",
    "#94a4a2",
)
