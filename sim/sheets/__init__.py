"""Sheets: a run as tables for a spreadsheet, in a folder of CSV files or in a workbook."""
