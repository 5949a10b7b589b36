"""The Streamlit dashboard. It reads the views of the warehouse, never its tables."""
